"""Before hours are spent: does every loss have a gradient, and can the student learn one batch?"""
