"""Makes the files of this folder, with torch itself: python3 make.py"""
from collections import OrderedDict

import torch


def module():
    linear = torch.nn.Linear(3, 2)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.5, -2.0, 3.25], [0.0, 1e-3, 4.0]]))
        linear.bias.copy_(torch.tensor([0.5, -0.25]))
    return linear


def tensors():
    state = OrderedDict()
    values = torch.tensor([0.0, 1.0, -2.5, 1 / 3, 65504.0, 1e-8])
    state["module.single"] = values
    state["module.half"] = values.half()
    state["module.brain"] = values.bfloat16()
    state["module.double"] = values.double()
    state["module.whole"] = torch.tensor([[1, -2], [1 << 40, 3]])
    state["module.bytes"] = torch.arange(5, dtype=torch.uint8)
    state["module.scalar"] = torch.tensor(7.5)
    state["module.empty"] = torch.zeros(0, 3)
    matrix = torch.arange(12.0).reshape(3, 4)
    state["module.transposed"] = matrix.t()
    state["module.part"] = matrix[1:, 2:]
    state["module.shared"] = matrix
    state["module.channels_last"] = (
        torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last))
    state["module.parameter"] = torch.nn.Parameter(torch.tensor([8.0, 9.0]))
    return state


torch.save(tensors(), "tensors.pt")
torch.save(tensors(), "tensors-legacy.pt", _use_new_zipfile_serialization=False)
torch.save(module().state_dict(), "state-dict.pt")
torch.save(module(), "whole-module.pt")
torch.save(module(), "whole-module-legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"model": module().state_dict(), "epoch": 3}, "nested.pt")
