"""What a sandbox may begin with: a folder of templates, each a `template.yaml` and manifests, `*.yaml.j2`; docs/templates.md.

Reads, checks and renders them. Makes nothing in the cluster, and what people type never becomes YAML here.
"""
