"""A set of images with outlines, as Matterport's users describe theirs."""

import numpy as np

from mrcnn.images import read_image


class Dataset:
    """Base class: subclass it, add classes and images, and override `load_mask`.

    Class 0 is the background and exists from the start.

    Attributes:
        image_weights: float ``(images,)``, more than 0: in training an image is drawn in
            proportion to its weight, so often in a pass that the pass keeps its length; None: each
            image once a pass.
    """

    image_weights: np.ndarray | None = None

    def __init__(self, class_map=None):
        self._image_ids: np.ndarray = np.array([], int)
        self.image_info: list[dict] = []
        self.class_info: list[dict] = [{"source": "", "id": 0, "name": "BG"}]
        self.source_class_ids: dict[str, list[int]] = {}

    def add_class(self, source: str, class_id: int, class_name: str) -> None:
        """Add a class under the id that ``source`` uses; a repeated one is ignored.

        Raises:
            ValueError: If the source's name holds a dot (it joins source and id).
        """
        if "." in source:
            raise ValueError(f"source name {source!r} must not contain a dot")
        if any(c["source"] == source and c["id"] == class_id for c in self.class_info):
            return
        self.class_info.append({"source": source, "id": class_id, "name": class_name})

    def add_image(self, source: str, image_id, path, **kwargs) -> None:
        """Add an image; ``kwargs`` are kept in ``image_info``."""
        self.image_info.append({"id": image_id, "source": source, "path": path, **kwargs})

    def prepare(self, class_map=None) -> None:
        """Number classes and images; call it once everything is added."""
        self.num_classes = len(self.class_info)
        self.class_ids = np.arange(self.num_classes)
        self.class_names = [c["name"].split(",")[0] for c in self.class_info]
        self.num_images = len(self.image_info)
        self._image_ids = np.arange(self.num_images)
        self.class_from_source_map = {
            f"{c['source']}.{c['id']}": i for i, c in enumerate(self.class_info)
        }
        self.image_from_source_map = {
            f"{info['source']}.{info['id']}": i for i, info in enumerate(self.image_info)
        }
        self.sources = sorted({c["source"] for c in self.class_info})
        self.source_class_ids = {
            source: [i for i, c in enumerate(self.class_info) if i == 0 or c["source"] == source]
            for source in self.sources
        }

    @property
    def image_ids(self) -> np.ndarray:
        """Numbers of the images, 0 to n − 1."""
        return self._image_ids

    def map_source_class_id(self, source_class_id: str) -> int:
        """Return the class number of ``"source.id"``."""
        return self.class_from_source_map[source_class_id]

    def get_source_class_id(self, class_id: int, source: str) -> int:
        """Return the id that ``source`` uses for a class number."""
        info = self.class_info[class_id]
        if info["source"] != source:
            raise ValueError(f"class {class_id} belongs to source {info['source']!r}")
        return info["id"]

    def append_data(self, class_info: list[dict], image_info: list[dict]) -> None:
        """Add classes and images described as in ``class_info`` and ``image_info``.

        Call `prepare` afterwards. (Matterport's method of this name raises whatever it is given.)
        """
        for info in class_info:
            self.add_class(info["source"], info["id"], info["name"])
        for info in image_info:
            rest = {k: v for k, v in info.items() if k not in ("source", "id", "path")}
            self.add_image(info["source"], info["id"], info.get("path"), **rest)

    def source_image_link(self, image_id: int):
        """Return the path (or address) of an image."""
        return self.image_info[image_id]["path"]

    def image_reference(self, image_id: int) -> str:
        """Return how messages name an image."""
        return str(self.image_info[image_id]["id"])

    def load_image(self, image_id: int) -> np.ndarray:
        """Return an image as (height, width, 3), 0 to 255; see `mrcnn.images.read_image`."""
        return read_image(self.image_info[image_id]["path"])

    def load_mask(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return masks (height, width, n) bool and class ids (n,) int32; here: none."""
        return np.empty((0, 0, 0), bool), np.empty((0,), np.int32)
