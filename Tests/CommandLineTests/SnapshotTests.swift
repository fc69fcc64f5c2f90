import SnapshotSupport
import Testing

/// Every help text and the errors of the command line, as they were last looked at.
@Suite struct SnapshotTests {
  @Test(arguments: [
    "--help", "--version", "data --help", "new --help", "new", "run --help",
    "bench --help", "bench machine --help", "bench queue --help",
    "worker --help", "launch --help", "launch ssh --help", "launch ssh", "launch ssh --host a --processes 0",
    "launch ssh --host a --ssh 'x", "launch ssh --host -x --connection c", "simulate --help", "study --help",
    "study list --help", "study systems --help", "study systems", "simulate -o x --system nothing",
    "simulate -o x --system cascaded-tanks --noise 0.1",
    "study show --help", "study reference --help", "study list", "study reference", "study show quickstart",
    "study show quickstart --resolved", "run", "run quickstart --processes 0", "run quickstart --seed -1",
    "simulate", "simulate -o x --trajectories 0", "simulate -o x --steps 1", "study show nothing",
    "coordinator --help",
    "submit --help", "status --help", "wait --help", "results --help", "cancel --help", "retry --help",
    "workers --help", "coordinator --state x --audit 2", "worker --max-jobs 0", "worker", "submit quickstart",
    "retry s1 --connection x", "status 7 --connection x", "status --connection nothing.json", "nonsense",
    "coordinator --state x --status 8090", "coordinator --state x --status-token-file t",
    "keygen --help", "keygen", "keygen --state s", "keygen --state s --worker a",
    "keygen --state s --list -o x", "keygen --state s --list", "keygen --state s --revoke a",
    "keygen --state s --worker a -o x", "keygen --state s --worker a -o x --address h:1",
    "report --help", "report", "report nowhere", "inspect --help", "inspect", "inspect x --pieces 0",
    "inspect x --dot --json", "inspect nowhere", "forecast --help", "forecast",
    "forecast nowhere --trajectory x.csv", "run quickstart --publish x",
    "run quickstart --listen x --processes -1", "job --help", "job list --help",
    "job run --help",
    "job list nothing", "job list quickstart --scale 2", "job run", "job run -o x --jobs nowhere",
    "job run -o x --stride 3", "job run -o x --index -1", "job run -o x --time-limit 0", "collect --help",
    "collect", "collect nowhere -o x", "launch --help", "launch slurm --help", "launch slurm",
    "launch slurm quickstart --mode two", "launch slurm quickstart --mode array --processes 2",
    "launch slurm quickstart --nodes 0", "launch slurm quickstart --tasks 3",
    "launch slurm quickstart --time soon", "launch slurm --print --time 0-0:2:59",
    "wait s1 --connection x --timeout 1e7",
    "launch slurm quickstart --account a%b",
    "launch slurm --print --nodes 3 --processes 16 --account a --partition p --time 2880 --memory 500 --interface ib0 --prologue date",
    "launch slurm --print --mode elastic --tasks 7 --processes 2 --interface ib0 --prologue date --prologue uptime",
    "launch slurm --print --mode array --tasks 100 --memory 800 --time 90",
  ])
  func text(commandLine: String) throws {
    let folder = try TestFolder()
    let running = try Program.start(commandLine.split(separator: " ").map(String.init), in: folder)
    let result = try running.wait()
    let text = "exit status \(result.status)\n---\n\(result.output)---\n\(result.errors)"
    let name = commandLine.replacingOccurrences(of: " ", with: "_")
    #expect(text == (try Snapshot.recorded(name, of: text)))
  }
  /// A member's numbers are the same on every machine, and so is what is said of it.
  @Test func inspectionOfATanhMember() throws {
    let folder = try TestFolder()
    let study = smallStudy().replacingOccurrences(
      of: "hidden: [8, 6]", with: "hidden: [8, 6]\n  activation: tanh")
    try folder.write(study, to: "study.yaml")
    #expect(try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder).status == 0)
    let result = try Program.run("inspect", "out/members/sparse-0.safetensors", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == (try Snapshot.recorded("inspect_tanh_member", of: result.output)))
  }
}
