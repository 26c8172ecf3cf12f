"""Who the patients of an arm are: one at its mean, or a population of people."""
