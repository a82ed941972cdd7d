"""Times procslib's own cv2_metrics, one picture a line of input.

Reads paths from stdin. For each, prints one JSON line: nanoseconds of `analyze_image` on the RGB
array (decoding excluded), and its values. OpenCV is held to one thread, as the comparison is per core.
procslib's base class imports a deep-learning framework that this scorer never uses; empty modules
stand in for what is not installed.
"""

import importlib.machinery
import json
import sys
import time
import types


def stand_in(name, **members):
    try:
        __import__(name)
    except ImportError:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(members)
        sys.modules[name] = module


stand_in("torch", Tensor=object)
stand_in("torch.utils")
stand_in("torch.utils.data", DataLoader=object, Dataset=object)
stand_in("unibox")
stand_in("tqdm")
stand_in("tqdm.auto", tqdm=lambda items, **_: items)
stand_in("procslib.model_registry", get_model=None, get_model_keys=None, print_model_keys=None)

import cv2
import numpy
from PIL import Image
from procslib.models.cv2_wrapper import analyze_image

cv2.setNumThreads(1)
pictures = {}
for line in sys.stdin:
    path = line.rstrip("\n")
    if path not in pictures:
        pictures[path] = numpy.array(Image.open(path).convert("RGB"))
    start = time.perf_counter_ns()
    values = analyze_image(pictures[path])
    nanoseconds = time.perf_counter_ns() - start
    print(json.dumps({"ns": nanoseconds, "values": values}), flush=True)
