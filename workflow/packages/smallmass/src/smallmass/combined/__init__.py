"""The combined models: image-negative lesions read again [(g) in the paper's Figure 1]."""
