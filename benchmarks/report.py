"""What a benchmark gives back, and how it is printed. Measures nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Measured:
    """Samples by key, a list per key: `figures` of ours, `reference` of what they are held against; the same key in both
    makes a ratio (ours through reference, of medians), unless `reference_of` names another key."""

    name: str
    figures: dict[str, list[float]] = field(default_factory=dict)
    reference: dict[str, list[float]] = field(default_factory=dict)
    reference_of: Mapping[str, str] = field(default_factory=dict)

    def add(self, key: str, value: float) -> None:
        self.figures.setdefault(key, []).append(value)

    def add_reference(self, key: str, value: float) -> None:
        self.reference.setdefault(key, []).append(value)

    @property
    def runs(self) -> int:
        return max((len(samples) for samples in self.figures.values()), default=0)

    def ratios(self) -> dict[str, float]:
        found = {}
        for key, samples in self.figures.items():
            against = self.reference.get(self.reference_of.get(key, key))
            if against:
                found[key] = median(samples) / median(against)
        return found

    def as_json(self) -> str:
        return json.dumps(
            {
                "name": self.name,
                "runs": self.runs,
                "figures": {key: round(median(samples), 6) for key, samples in self.figures.items()},
                "reference": {key: round(median(samples), 6) for key, samples in self.reference.items()},
                "ratios": {key: round(ratio, 4) for key, ratio in self.ratios().items()},
            }
        )

    def as_table(self) -> str:
        lines = [f"{self.name} ({self.runs} runs, medians)"]
        ratios = self.ratios()
        for key, samples in self.figures.items():
            ratio = f"  ratio {ratios[key]:.2f}" if key in ratios else ""
            lines.append(f"  {key:32} {median(samples):>12,.2f}{ratio}")
        for key, samples in self.reference.items():
            lines.append(f"  {'reference ' + key:32} {median(samples):>12,.2f}")
        return "\n".join(lines)
