"""Re-execute notebooks in place, so that a diff shows only what changed.

    python tests/refresh_notebooks.py                                   # all of them
    python tests/refresh_notebooks.py notebooks/02_reverse_mode.ipynb   # or some

Each notebook runs from top to bottom in a fresh kernel. What differs from one machine or run to
the next (times, versions, paths, how output was cut into pieces) is left out,
and a file that would come out the same is not touched.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def refresh(path: Path) -> str:
    """Return the text of a notebook, executed."""
    return tidy(execute(nbformat.read(path, as_version=4), path.parent))


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook, executed from top to bottom in a fresh kernel."""
    # With MPLBACKEND=Agg, as many a CI system sets it, a kernel would not show its figures.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute(env=environment)


def tidy(notebook: nbformat.NotebookNode) -> str:
    """Return the text of a notebook without what each Jupyter writes in its own way.

    Of the metadata of a cell only what its author says stays: its tags, and that it is folded.
    """
    for cell in notebook.cells:
        folded = cell.metadata.get("jupyter", {}).get("source_hidden")
        said = {"tags": cell.metadata.get("tags"), "jupyter": folded and {"source_hidden": True}}
        cell.metadata = {name: value for name, value in said.items() if value}
        for output in cell.get("outputs", []):
            if output.output_type == "error":  # its frames name files of this machine
                output.traceback = [f"{output.ename}: {output.evalue}"]
            # Where no Python runs, what stands beside a widget is shown in its place.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or sorted(NOTEBOOKS.glob("*.ipynb"))):
        before, after = path.read_text(encoding="utf-8"), refresh(path)
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
        print(f"{path.name}: {'unchanged' if after == before else 'refreshed'}")
