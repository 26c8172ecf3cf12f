"""A drug, a condition, an instrument and a class of a user's own, as rows of the catalogue's tables."""

from __future__ import annotations

from ..tiny import Tables


def own_tables() -> Tables:
    """Catalogue tables without a fault: a drug, a condition, a reversed instrument, a class of treatments."""
    return {
        "drugs.csv": [
            {
                "drug": "lowdosin",
                "label": "lowdosin",
                "synonyms": "Lowdo; LDN",
                "unit": "mg/day",
                "reference_dose": "4.5",
                "reference_dose_source": "expert: dose of a test",
                "usual_low": "1",
                "usual_high": "9",
                "usual_source": "expert: doses of a test",
            }
        ],
        "actions.csv": [
            {
                "model": "cascade",
                "drug": "lowdosin",
                "target": "microglia",
                "sign": "lowers",
                "prior_sd": "0.7",
                "source": "expert: a test",
            }
        ],
        "conditions.csv": [
            {
                "condition": "burning_mouth",
                "label": "burning mouth syndrome",
                "synonyms": "glossodynia",
                "chronic": "yes",
                "kind": "mixed",
                "central_share": "0.5",
                "central_share_source": "expert: a test",
                "placebo_group": "other_neuropathic",
                "placebo_group_source": "expert: a test",
            }
        ],
        "instruments.csv": [
            {
                "instrument": "COMFORT_1_7",
                "label": "comfort from 1 to 7",
                "quantity": "pain",
                "low": "1",
                "high": "7",
                "higher_is": "better",
                "factor": "",
                "source": "expert: a test",
            }
        ],
        "outside_classes.csv": [
            {
                "class": "leeches",
                "label": "leeches",
                "synonyms": "hirudotherapy",
                "relief_sd": "0.3",
                "days": "5",
                "days_log_sd": "0.2",
                "lasts_days": "28",
                "source": "expert: a test",
            }
        ],
    }
