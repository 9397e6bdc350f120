#include "import/slurm_keys.hpp"

#include <string_view>

namespace orrery {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    list.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return list;
}

}  // namespace

const SlurmKeys& slurm_conf_keys() {
  static const SlurmKeys keys = {
      words("AccountingStorageBackupHost AccountingStorageEnforce AccountingStorageExternalHost AccountingStorageHost "
            "AccountingStorageLoc AccountingStorageParameters AccountingStoragePass AccountingStoragePort "
            "AccountingStorageTRES AccountingStorageType AccountingStorageUser AccountingStoreFlags "
            "AcctGatherEnergyType AcctGatherFilesystemType AcctGatherInterconnectType AcctGatherNodeFreq "
            "AcctGatherProfileType AllowSpecResourcesUsage AuthAltParameters AuthAltTypes AuthType BackupAddr "
            "BackupController BatchStartTimeout BcastExclude BcastParameters CacheGroups CertmgrType CliFilterPlugins "
            "ClusterName CommunicationParameters ControlAddr ControlMachine CoreSpecPlugin CpuFreqDef "
            "CpuFreqGovernors CredType CryptoType DataParserParameters DebugFlags DefCpuPerGPU DefMemPerCPU "
            "DefMemPerGPU DefMemPerNode DependencyParameters DisableIPv6 DisableRootJobs EioTimeout EnforcePartLimits "
            "Epilog EpilogMsgTime EpilogSlurmctld ExtSensorsFreq ExtSensorsType FastSchedule FirstJobId GetEnvTimeout "
            "GpuFreqDef GresTypes GroupUpdateForce GroupUpdateTime HashPlugin HealthCheckInterval "
            "HealthCheckNodeState HealthCheckProgram InactiveLimit InteractiveStepOptions JobAcctGatherFrequency "
            "JobAcctGatherParams JobAcctGatherType JobCompHost JobCompLoc JobCompParams JobCompPass JobCompPort "
            "JobCompType JobCompUser JobContainerType JobFileAppend KillOnBadExit KillWait LaunchParameters "
            "LaunchType LogTimeFormat MCSParameters MailDomain MailProg MaxArraySize MaxDBDMsgs MaxJobCount MaxJobId "
            "MaxStepCount MaxTasksPerNode MessageTimeout MetricsType MinJobAge MpiDefault MpiParams NamespaceType "
            "NodeFeaturesPlugins PlugStackConfig PluginDir PowerParameters PowerPlugin PrEpParameters PrEpPlugins "
            "PriorityParameters PrivateData ProctrackType Prolog PrologEpilogTimeout PrologFlags PrologSlurmctld "
            "PropagatePrioProcess PropagateResourceLimits PropagateResourceLimitsExcept RebootProgram ReconfigFlags "
            "RequeueExit RequeueExitHold ResumeFailProgram ResumeProgram ResumeRate ResumeTimeout ResvEpilog "
            "ResvOverRun ResvProlog ReturnToService RoutePlugin ScronParameters SlurmSchedLogFile SlurmSchedLogLevel "
            "SlurmUser SlurmctldAddr SlurmctldDebug SlurmctldHost SlurmctldLogFile SlurmctldParameters "
            "SlurmctldPidFile SlurmctldPlugstack SlurmctldPort SlurmctldPrimaryOffProg SlurmctldPrimaryOnProg "
            "SlurmctldSyslogDebug SlurmctldTimeout SlurmdDebug SlurmdLogFile SlurmdParameters SlurmdPidFile "
            "SlurmdPort SlurmdSpoolDir SlurmdSyslogDebug SlurmdTimeout SlurmdUser SrunEpilog SrunPortRange SrunProlog "
            "StateSaveLocation SuspendExcNodes SuspendExcParts SuspendRate SuspendTimeout SwitchParameters SwitchType "
            "TCPTimeout TLSType TaskEpilog TaskPlugin TaskPluginParam TaskProlog TmpFS TopologyParam TrackWCKey "
            "TreeWidth UnkillableStepProgram UnkillableStepTimeout UsePAM VSizeFactor WaitTime"),
      words("PriorityWeightAssoc PrioritySiteFactorPlugin PrioritySiteFactorParameters OverTimeLimit SuspendTime "
            "SuspendProgram Licenses BurstBufferType FederationParameters JobSubmitPlugins CompleteWait MaxNodeCount "
            "JobRequeue MCSPlugin MaxMemPerNode MaxMemPerCPU SchedulerTimeSlice")};
  return keys;
}

const SlurmKeys& slurm_scheduler_keys() {
  static const SlurmKeys keys = {
      words("batch_sched_delay bb_array_stage_cnt bf_max_time bf_yield_interval bf_yield_sleep build_queue_timeout "
            "default_queue_depth delay_boot disable_job_shrink disable_hetjob_steps enable_hetjob_steps "
            "enable_user_top Ignore_NUMA max_array_tasks max_rpc_cnt max_sched_time max_script_size "
            "no_backup_scheduling no_env_cache requeue_setup_env_fail salloc_wait_nodes sbatch_wait_nodes "
            "sched_interval sched_min_interval spec_cores_first step_retry_count step_retry_time whole_hetjob "
            "nohold_on_prolog_fail ignore_prefer_validation bf_node_space_size defer"),
      words("allow_zero_lic bf_busy_nodes bf_hetjob_immediate bf_hetjob_prio bf_job_part_count_reserve bf_licenses "
            "bf_max_job_array_resv bf_max_job_assoc bf_max_job_user_part bf_min_age_reserve bf_min_prio_reserve "
            "bf_one_resv_per_job bf_running_job_reserve correspond_after_task_cnt max_switch_wait pack_serial_at_end "
            "partition_job_depth preempt_strict_order reduce_completing_frag sched_max_job_start")};
  return keys;
}

const SlurmKeys& slurm_node_keys() {
  static const SlurmKeys keys = {
      words("NodeHostname NodeAddr BcastAddr CoreSpecCount CpuBind CpuSpecList Features Port Reason TmpDisk "
            "MemSpecLimit Parameters"),
      words("Weight")};
  return keys;
}

const SlurmKeys& slurm_partition_keys() {
  static const SlurmKeys keys = {
      words("AllocNodes AllowGroups Alternate CpuBind DefCpuPerGPU DefMemPerCPU DefMemPerGPU DefMemPerNode "
            "DisableRootJobs Hidden RootOnly ResumeTimeout SuspendTimeout Topology"),
      words("AllowAccounts AllowQos DenyAccounts DenyQos ExclusiveUser LLN MaxCPUsPerNode MaxCPUsPerSocket "
            "MaxMemPerCPU MaxMemPerNode MaxNodes MinNodes OverTimeLimit ReqResv SelectTypeParameters SuspendTime "
            "PowerDownOnIdle ExclusiveTopo OverSubscribe Shared")};
  return keys;
}

}  // namespace orrery
