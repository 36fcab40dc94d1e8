"""Sandboxes: a Kubernetes namespace of one's own, with its guards, for a while.

People state what they want (create, delete); the reconciler makes the cluster agree, again and again until it does. Leaves
alone every namespace that does not carry its label, and everything people put into their own.
"""
