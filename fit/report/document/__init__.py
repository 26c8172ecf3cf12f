"""What a report is made of: elements, links, pictures, and the results that it finds.

The parts and `report` itself import it.
"""
