"""Writes what people read: whole files, over nothing that is another's.

`files` writes one file, `sets` a folder of files with a journal of their names.
"""
