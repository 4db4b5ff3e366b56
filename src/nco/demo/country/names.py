"""Names of schools and boards that do not exist."""

# 12 and 11 parts have no common divisor: the n-th of both gives 132 different names.
SCHOOL_BEGINS = (
    "Boomklever", "Wielewaal", "Kwikstaart", "Grutto", "Tureluur", "Karekiet",
    "Leeuwerik", "Putter", "Goudvink", "Rietzanger", "Kluut", "Bosuil",
)  # fmt: skip
SCHOOL_ENDS = ("sluis", "kade", "zoom", "veste", "wal", "gaarde", "terp", "wiek", "beemd", "duin", "lei")
BOARD_PLACES = (
    "Zilverkust", "Maanwater", "Lage Linie", "Morgenland", "Vierstromen", "Noorderlicht aan Zee", "Kraaienland",
    "Wolkendal", "Honingveen", "Drie Molens", "Schemerwoud", "Sterrenmeer", "Klaverstreek", "Zevendijken",
    "Windvaan", "Barnsteenbaai", "Hoge Heide", "Waterjuffer", "Goudenregen", "Veenpluis", "Zomertij",
    "Lindegouw", "Herfstbos", "Vuurtorenland", "Parelmoer",
)  # fmt: skip
