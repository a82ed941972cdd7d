"""The originals' side of the benchmark `networks`.

make FAMILY FILE       writes random weights in the published layout
FAMILY FILE THREADS    answers each line (a shape) with one line of JSON: nanoseconds of one run on
                       the clock and of the CPU, and the first numbers of its first output

A family is a function here that gives the module. Needs torch and safetensors; convnextv2-base and
dpt-hybrid also transformers, hyperiqa facexlib 0.3.0, rtmpose-l mmpose 1.3 and mmcv-lite 2.1, the
others procslib 0.7.1, timm, torchvision and what procslib imports.
"""

import json
import sys
import time
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file


def convnextv2_base():
    from transformers import ConvNextV2Config, ConvNextV2ForImageClassification

    config = ConvNextV2Config(depths=[3, 3, 27, 3], hidden_sizes=[128, 256, 512, 1024], num_labels=1)
    return ConvNextV2ForImageClassification(config)


def convnextv2_tiny():
    from procslib.models._convnext_v2 import convnextv2

    return convnextv2("tiny", in_chans=3, num_classes=1)


def efficientnet_b3():
    import timm
    from torch import nn

    model = timm.create_model("efficientnet_b3", pretrained=False, num_classes=2)
    model.classifier = nn.Sequential(
        nn.Linear(1536, 625), nn.ReLU(), nn.Dropout(0.3), nn.Linear(625, 256), nn.ReLU(), nn.Linear(256, 2)
    )
    return model


def icnet():
    from procslib.models.complexity_ic9600 import ICNet

    return ICNet(is_pretrain=False)


def hyperiqa():
    from facexlib.assessment.hyperiqa_net import HyperIQA

    return HyperIQA(16, 112, 224, 112, 56, 28, 14, 7)


def dpt_hybrid():
    from transformers import DPTConfig, DPTForDepthEstimation

    neck = {"neck_hidden_sizes": [256, 512, 768, 768], "reassemble_factors": [1, 1, 1, 0.5]}
    return DPTForDepthEstimation(DPTConfig(is_hybrid=True, **neck))


def rtmpose_l():
    from mmpose.models.backbones.cspnext import CSPNeXt
    from mmpose.models.heads.coord_cls_heads.rtmcc_head import RTMCCHead

    norm, act = {"type": "BN"}, {"type": "SiLU"}
    gau = {"hidden_dims": 256, "s": 128, "expansion_factor": 2, "act_fn": "SiLU"}
    gau |= {"dropout_rate": 0.0, "drop_path": 0.0, "use_rel_bias": False, "pos_enc": False}
    size = (192, 256)
    return torch.nn.Sequential(
        OrderedDict(
            backbone=CSPNeXt(out_indices=(4,), norm_cfg=norm, act_cfg=act),
            head=RTMCCHead(
                in_channels=1024,
                out_channels=17,
                input_size=size,
                in_featuremap_size=(6, 8),
                final_layer_kernel_size=7,
                gau_cfg=gau,
                decoder={"type": "SimCCLabel", "input_size": size, "sigma": (4.9, 5.66)},
            ),
        )
    )


def module(family):
    torch.manual_seed(0)
    return globals()[family.replace("-", "_")]().eval()


def first(answer):
    """The first output of whatever a module gives."""
    for output in ("logits", "predicted_depth"):
        answer = getattr(answer, output, answer)
    return answer[0] if isinstance(answer, tuple) else answer


def make(family, file):
    model = module(family)
    for name, tensor in model.state_dict().items():
        # Fresh norms and responses would do nothing.
        if tensor.is_floating_point() and tensor.dim() == 1 or "grn" in name:
            spread = torch.rand_like(tensor) * 0.2
            tensor.copy_(spread + 0.9 if name.endswith(("weight", "running_var")) else spread - 0.1)
    save_file(model.state_dict(), file)


def answer(family, file, threads):
    torch.set_num_threads(int(threads))
    model = module(family)
    model.load_state_dict(load_file(file))
    inputs = {}
    with torch.inference_mode():
        for line in sys.stdin:
            shape = [int(n) for n in line.split()]
            if line not in inputs:
                steps = torch.arange(torch.tensor(shape).prod().item())
                inputs[line] = ((steps * 7919 % 1009).float() / 1009 - 0.5).reshape(shape)
            began, cpu = time.perf_counter_ns(), time.process_time_ns()
            values = first(model(inputs[line]))
            times = {"ns": time.perf_counter_ns() - began, "cpu_ns": time.process_time_ns() - cpu}
            print(json.dumps({**times, "values": values.flatten()[:8].tolist()}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        answer(*sys.argv[1:])
