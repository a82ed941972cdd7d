"""Times preprocessing with Pillow and numpy (or torchvision), one picture a line of input.

Each line names a pipeline, a width and a height. Prints one JSON line: nanoseconds from the decoded
picture to the float32 tensor, and the sum of the tensor. Everything runs on one thread.
"""

import json
import sys
import time

import numpy
from PIL import Image

CLIP_MEAN = numpy.array([0.48145466, 0.4578275, 0.40821073], numpy.float32)
CLIP_STD = numpy.array([0.26862954, 0.26130258, 0.27577711], numpy.float32)
HALF = numpy.float32(0.5)


def make_picture(width, height):
    x = numpy.arange(width, dtype=numpy.uint32)[None, :]
    y = numpy.arange(height, dtype=numpy.uint32)[:, None]
    levels = numpy.stack([x * 3 + y, x ^ y, x * y // 64], axis=-1)
    return Image.fromarray((levels & 255).astype(numpy.uint8))


def to_tensor(picture, mean, std):
    values = numpy.asarray(picture).astype(numpy.float32) * numpy.float32(1 / 255)
    return numpy.ascontiguousarray(((values - mean) / std).transpose(2, 0, 1))


def clip_224(picture):
    width, height = picture.size
    short = min(width, height)
    picture = picture.resize((224 * width // short, 224 * height // short), Image.BICUBIC)
    left, top = (picture.width - 224) // 2, (picture.height - 224) // 2
    return to_tensor(picture.crop((left, top, left + 224, top + 224)), CLIP_MEAN, CLIP_STD)


def siglip_384(picture):
    return to_tensor(picture.resize((384, 384), Image.BICUBIC), HALF, HALF)


def squash_768(picture):
    return to_tensor(picture.resize((768, 768), Image.BILINEAR), HALF, HALF)


def torch_768(picture):
    from torchvision.transforms import functional

    return functional.resize(functional.to_tensor(picture), [768, 768], antialias=True).numpy()


PIPELINES = {
    "clip-224": clip_224,
    "siglip-384": siglip_384,
    "squash-768": squash_768,
    "torch-768": torch_768,
}

pictures = {}
for line in sys.stdin:
    name, width, height = line.split()
    size = int(width), int(height)
    if size not in pictures:
        pictures[size] = make_picture(*size)
    if name == "torch-768":
        import torch

        torch.set_num_threads(1)
        import torchvision.transforms
    start = time.perf_counter_ns()
    tensor = PIPELINES[name](pictures[size])
    nanoseconds = time.perf_counter_ns() - start
    print(json.dumps({"ns": nanoseconds, "sum": float(tensor.sum(dtype=numpy.float64))}), flush=True)
