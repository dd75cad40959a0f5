#!/usr/bin/python3
"""Write the golden files that the tests compare with PyTorch.  On Debian: apt-get install python3-torch."""
import golden
import models
import nn
import ops

golden.save("ops", ops.cases.tensors)
golden.save("layers", nn.layer_cases.tensors)
golden.save("training", nn.training_cases.tensors)
golden.save("models", models.cases.tensors)
golden.save("language", models.language_cases.tensors)
