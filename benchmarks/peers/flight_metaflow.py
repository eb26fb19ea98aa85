"""Preprocess, train and evaluate flights with Metaflow: see ``flight_parts.py``.

python flight_metaflow.py run --raw data/flights.csv        # in a folder that takes the outputs
"""

from pathlib import Path

from metaflow import FlowSpec, Parameter, current, step


class Flight(FlowSpec):
    """Train and measure a model."""

    raw = Parameter("raw", required=True)

    @step
    def start(self):
        """Validate, clean and split the raw table."""
        import flight_parts

        folder = Path("flight", current.run_id).absolute()
        self.train_data, self.test, self.model = (
            str(folder / name) for name in ("train", "test", "model")
        )
        flight_parts.preprocess(self.raw, self.train_data, self.test)
        self.next(self.train)

    @step
    def train(self):
        """Fit the model."""
        import flight_parts

        flight_parts.train(self.train_data, self.test, self.model)
        self.next(self.end)

    @step
    def end(self):
        """Measure the model."""
        import flight_parts

        self.auc = flight_parts.evaluate(self.test, self.model, f"{self.model}-report")
        print(f"auc {self.auc:.4f}")


if __name__ == "__main__":
    Flight()
