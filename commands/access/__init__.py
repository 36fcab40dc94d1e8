"""Trust: who may do what, what waits for somebody's yes, and what was written down of it.

What every call goes through (identity, permission, approval, the audit entry itself) stands in bot/calls and storage; this
domain shows it, and takes the answers. It makes no rules of other domains.
"""
