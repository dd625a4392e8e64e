"""One style for all figures: a colour and a dash mean the same in every curve and every graph."""

VALUE = "#0072B2"
DERIVATIVE = TANGENT = "#C44E00"
ADJOINT = "#8A3A6B"
REFERENCE = "#666666"
INK = "#222222"

STYLE = {
    "figure.figsize": (6.0, 3.2),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "lines.linewidth": 2.0,
    "font.size": 10,
}
INKED = ["axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color"]
STYLE |= dict.fromkeys(INKED, INK)
