"""What it means: the declarations themselves, one module a subject. `definitions.registry` collects them."""
