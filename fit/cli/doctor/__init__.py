"""What `windup doctor` looks at: software, machine, and a self-test.

Its command imports it.
"""
