"""The original's side of the benchmark `pipeline`.

make NAME FOLDER   writes a CLIP with random weights in the published layout (b16 or l14)
loop TOWER FOLDER  scores every picture of a folder as procslib does: a loader with workers that decode
                   and preprocess, the tower on batches; prints seconds a picture
"""

import sys
import time
from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPVisionModelWithProjection

SIZES = {
    "b16": dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, patch_size=16, image_size=224),
    "l14": dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14, image_size=224),
}
TEXT = {
    "b16": dict(hidden_size=512, intermediate_size=2048, num_attention_heads=8),
    "l14": dict(hidden_size=768, intermediate_size=3072, num_attention_heads=12),
}


class Pictures(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.paths = sorted(Path(folder).glob("*.jpg"))
        self.processor = CLIPImageProcessor()

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        picture = Image.open(self.paths[i]).convert("RGB")
        return self.processor(picture, return_tensors="pt")["pixel_values"][0]


def make(name, folder):
    torch.manual_seed(0)
    vision = dict(SIZES[name], projection_dim=TEXT[name]["hidden_size"])
    config = CLIPConfig(
        text_config=dict(TEXT[name], projection_dim=TEXT[name]["hidden_size"]),
        vision_config=vision,
        projection_dim=TEXT[name]["hidden_size"],
    )
    CLIPModel(config).eval().save_pretrained(folder)


def loop(tower, folder):
    model = CLIPVisionModelWithProjection.from_pretrained(tower).eval()
    pictures = Pictures(folder)
    with torch.inference_mode():
        model(torch.zeros(1, 3, 224, 224))
        began = time.perf_counter()
        loader = torch.utils.data.DataLoader(pictures, batch_size=8, num_workers=2)
        for batch in loader:
            vectors = model(batch).image_embeds
            vectors / vectors.norm(dim=-1, keepdim=True)
        print((time.perf_counter() - began) / len(pictures))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
