"""What went into the phantoms' lesions: the loadings of the traits, and what stands behind them.

For three traits two studies print how often it was seen in malignant and in benign masses; its
separation is d' = z(share of malignant with the sign) - z(share of benign with it), and the loading
is half of d' in the first study (rounded to 0.005), since the classes lie ``D_PRIME`` = 2 apart in
severity. For the others the literature gives at most which way the trait points; how strongly they
load is our choice, below the first three.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import pandas as pd

from smallmass.phantom.lesion import D_PRIME, LOADINGS

HONG = "Hong et al., AJR 2005;184:1260 (403 solid masses, 141 malignant)"
# Totals of the classes follow from the abstract: 82 + 42 benign, 10 + 28 malignant.
RAHBAR = "Rahbar et al., Radiology 1999;213:889 (162 solid masses, 38 malignant)"
WEINSTEIN = "Weinstein et al., J Ultrasound Med 2004;23:73"
KIM = "Kim et al., Ultrasonography 2014;33:170"
CHOICE = "our choice"


@dataclass(frozen=True)
class Counts:
    """How often a suspicious sign was seen.

    Args:
        malignant: Malignant masses with the sign, and all.
        benign: Benign masses with the sign, and all.
    """

    malignant: tuple[int, int]
    benign: tuple[int, int]

    def d_prime(self) -> float:
        """Return z(malignant with the sign) - z(benign with the sign)."""
        (hits, malignant), (alarms, benign) = self.malignant, self.benign
        z = NormalDist().inv_cdf
        return z(hits / malignant) - z(alarms / benign)


@dataclass(frozen=True)
class Source:
    """What stands behind the loading of a trait.

    Args:
        sign: What a high value of the trait looks like.
        size: Where the size of the loading is from.
        direction: What says that the sign points to a malignant (or benign) mass.
        counts: The counts that the size was computed from, if any.
        second: The counts of a second study, which was not used, if any.
    """

    sign: str
    size: str
    direction: str
    counts: Counts | None = None
    second: Counts | None = None


SOURCES = {
    # Hong: circumscribed margin in 160 of 178 benign, so in 18 malignant; Rahbar: in 95 of 104.
    "margin": Source(
        "margin not circumscribed",
        HONG,
        HONG,
        Counts((141 - 18, 141), (262 - 160, 262)),
        Counts((38 - 9, 38), (124 - 95, 124)),
    ),
    # Hong: 102 of 164 irregular masses were malignant; Rahbar: 19 of 31.
    "shape": Source(
        "irregular shape", HONG, HONG, Counts((102, 141), (62, 262)), Counts((19, 38), (12, 124))
    ),
    # Hong: 75 of 109 not parallel were malignant; Rahbar: 28 of 70 with width / depth to 1.4.
    "orientation": Source(
        "orientation not parallel to the skin",
        HONG,
        HONG,
        Counts((75, 141), (34, 262)),
        Counts((28, 38), (42, 124)),
    ),
    "echo": Source(
        "darker inside",
        CHOICE,
        f"{HONG}: echo pattern differs, P < 0.001; that darker is worse is our choice",
    ),
    "posterior": Source(
        "shadow rather than enhancement behind the lesion",
        CHOICE,
        f"{HONG}: posterior features differ, P < 0.001; {WEINSTEIN}: shadowing is a sign of cancer",
    ),
    "halo": Source(
        "echogenic halo",
        CHOICE,
        f"{HONG}: lesion boundary differs, P < 0.001; a halo is the suspicious one of BI-RADS",
    ),
    "calcifications": Source(
        "bright grains inside",
        CHOICE,
        f"{KIM}: calcification among the findings of malignant second lesions, P < 0.01",
    ),
    "texture": Source(
        "uneven inside",
        CHOICE,
        f"{WEINSTEIN}: heterogeneous texture is a sign of cancer",
    ),
    "edge_shadow": Source(
        "thin shadows at the sides",
        CHOICE,
        "our choice, for smooth round borders; RadLex (RID34365) calls it of no significance",
    ),
}


def ceiling() -> float:
    """Return the AUROC of whoever knows a lesion's severity: Phi(d' / sqrt(2)).

    It does not count the small difference in size that Table 1 prints.
    """
    return NormalDist().cdf(D_PRIME / math.sqrt(2))


def traits_ceiling() -> float:
    """Return the AUROC of the best reader who sees all traits without error, and not the severity.

    Traits x_i = l_i s + sqrt(1 - l_i**2) e_i measure the severity s with the information
    S = sum l_i**2 / (1 - l_i**2). The best linear reader estimates s with reliability S / (1 + S),
    so that d' shrinks by its root (Spearman's attenuation).
    """
    shares = [(loading / 1000) ** 2 for loading in LOADINGS.values()]
    information = sum(share / (1 - share) for share in shares)
    shrunk = D_PRIME * math.sqrt(information / (1 + information))
    return NormalDist().cdf(shrunk / math.sqrt(2))


def traits_table() -> pd.DataFrame:
    """Return what went into the lesions, a row a trait.

    Returns:
        Columns trait, sign, loading, d_prime (of the trait by itself: ``D_PRIME`` times loading),
        published_d_prime and second_d_prime (from the counts of the source and of a second study;
        empty where none was found), size_source, direction_source.
    """
    rows = []
    for trait, loading in LOADINGS.items():
        source = SOURCES[trait]
        rows.append(
            {
                "trait": trait,
                "sign": source.sign,
                "loading": loading / 1000,
                "d_prime": D_PRIME * loading / 1000,
                "published_d_prime": _rounded(source.counts),
                "second_d_prime": _rounded(source.second),
                "size_source": source.size,
                "direction_source": source.direction,
            }
        )
    return pd.DataFrame(rows)


def _rounded(counts: Counts | None) -> float:
    """Return d' with two digits, NaN without counts."""
    return round(counts.d_prime(), 2) if counts else math.nan
