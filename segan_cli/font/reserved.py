"""Reserved font names: what a licence keeps for the original font (OFL 1.1, condition 3)."""

from __future__ import annotations

import re


def reserved_names(text: str) -> list[str]:
    """Names after "Reserved Font Name(s)" in a copyright or licence line."""
    match = re.search(r"(?i)reserved font names?:?\s+([^.;\n]+)", text)
    if not match:
        return []
    quoted = re.findall(r"[\"'“‘]([^\"'”’]+)[\"'”’]", match[1])
    return [word.strip() for word in quoted or re.split(r",| and ", match[1]) if word.strip()]
