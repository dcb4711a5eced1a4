"""The one exception of files of images and outlines."""


class ImageProblem(Exception):
    """An image file that cannot be used; the message says why, without naming the case.

    Args:
        message: What is wrong.
        remedy: What to do about it, where that is not to restore the file.
        code: The rule that it breaks, a key of `rules.RULES`; empty for files that cannot be read.
    """

    def __init__(self, message: str, remedy: str = "", code: str = ""):
        super().__init__(message)
        self.remedy = remedy
        self.code = code
