"""Before hours are spent: is the data what it claims to be, and can the student learn from it?"""
