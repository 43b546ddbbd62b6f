"""A reader and interpreter of saved ML programs: what the files compute, on any machine.

    blob.py        weight.bin: records of typed numbers
    values.py      data types and constants
    program.py     a package → inputs, states and a list of operations
    constants.py   matrices stored in fewer bits
    elementwise.py, layout.py, slices.py, linear.py    what each operation computes
    arguments.py   what an operation was given
    step.py        an operation made ready to be run often
    machine.py     runs a program, exactly or with each result rounded as it declares

It shares only the protobuf classes with coremltools. Not modelled: the order of accumulation and
the fusion of a device, where it runs each operation, latency and memory.
"""
