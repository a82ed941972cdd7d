"""Times OpenCV's own BRISQUE, one picture a line of input.

Usage: brisque_original.py MODEL RANGE, the two files of OpenCV's model. Reads paths from stdin. For
each, prints one JSON line: nanoseconds of `QualityBRISQUE.compute` on the BGR array (decoding and
loading the model excluded), and the score. OpenCV is held to one thread, as the comparison is per
core.
"""

import json
import sys
import time

import cv2
import numpy
from PIL import Image

cv2.setNumThreads(1)
scorer = cv2.quality.QualityBRISQUE_create(*sys.argv[1:3])
pictures = {}
for line in sys.stdin:
    path = line.rstrip("\n")
    if path not in pictures:
        rgb = numpy.array(Image.open(path).convert("RGB"))
        pictures[path] = numpy.ascontiguousarray(rgb[:, :, ::-1])
    start = time.perf_counter_ns()
    score = scorer.compute(pictures[path])[0]
    nanoseconds = time.perf_counter_ns() - start
    print(json.dumps({"ns": nanoseconds, "score": score}), flush=True)
