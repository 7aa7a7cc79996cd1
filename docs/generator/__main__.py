"""`python -m docs.generator`: writes the references."""

from docs.generator.references import REFERENCES, ROOT

if __name__ == "__main__":
    for path, make in REFERENCES.items():
        (ROOT / path).write_text(make(), "utf-8")
