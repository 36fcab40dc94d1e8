"""The one path of every call, a file each: identify, admit, record, run, explain; `desk` walks it.

Surfaces (slack/, http/) turn what arrived into a `Request` and hand it to the desk; they decide nothing about it.
"""
