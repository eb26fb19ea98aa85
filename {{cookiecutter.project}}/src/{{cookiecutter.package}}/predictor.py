"""What serving does with a request: load the model once, then parse, predict and format.

These are the defaults. To change one, leave it out of the import and define it here; the others
stay as they are.
For example, to answer numbers without decimals:

    def predict(model: Model, columns: Columns) -> Predictions:
        predictions = serving.predict(model, columns)
        return replace(predictions, values=predictions.values.round())

or, where there are two classes, to say the second from a probability of 0.3 on:

    def predict(model: Model, columns: Columns) -> Predictions:
        predictions = serving.predict(model, columns)
        second = predictions.probability_of(schema.CLASSES[1]) >= 0.3
        return replace(predictions, values=predictions.classes[second.astype(int)])
"""

from sagepipe.serving import format, load, parse, predict

__all__ = ["format", "load", "parse", "predict"]
