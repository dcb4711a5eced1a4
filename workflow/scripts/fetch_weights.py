"""Fetch the published weights that an image model starts from."""

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from mrcnn.download import DownloadError, Remote, download
    from smallmass.errors import UserError

    try:
        download(Remote(*params.remote), paths_out.weights, tell=log.info)
    except DownloadError as error:
        raise UserError(str(error)) from None
