"""What SLURM is asked for: where no node of the cluster has it, the run ends before it submits."""


def refuse_what_cannot_start():
    """End the run where SLURM could never start one of its jobs; for Snakemake's onstart."""
    if workflow.executor_plugin.name != "slurm":
        return
    from smallmass.cluster import problems, read_nodes

    dag = workflow.dag
    jobs = {dag.get_job_group(job) or job for job in dag.needrun_jobs() if not job.is_local}
    texts = problems(sorted(map(request_of, jobs), key=str), read_nodes())
    if texts:
        sys.exit(UserError(texts).report())


def request_of(unit):
    """Return what a job, or a group of jobs that are submitted together, asks for."""
    from smallmass.cluster import Request

    rules_of_unit = (
        sorted({job.rule.name for job in unit.jobs}) if unit.is_group() else [unit.rule.name]
    )
    name = f"the job {unit.groupid}" if unit.is_group() else "the job"
    return Request(
        name=f"{name} ({', '.join(rules_of_unit)})",
        partition=unit.resources.get("slurm_partition"),
        cpus=unit.threads,
        memory_mb=unit.resources.get("mem_mb") or 0,
        gpus=unit.resources.get("gpu") or 0,
        gpu_model=unit.resources.get("gpu_model"),
    )
