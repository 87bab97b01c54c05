"""Reports: how an estimate, a comparison or a verdict is drawn."""
