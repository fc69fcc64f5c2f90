/// What ssh is told to run on a host: a script that finds the program, or takes a copy of it from standard input, and becomes
/// its workers' supervisor. Nothing secret is in it.
struct RemoteCommand {
  /// The program.
  let program: WorkerProgram
  /// The program's path on the host, `~/` allowed; `nil`: the one in PATH if it has the same version, else a copy.
  let binary: String?
  /// Options of `potline worker`.
  let options: [String]

  /// The supervisor leaves when the launcher was silent for so long.
  static let patience: Duration = .seconds(60)

  /// One line for the host's shell, whichever it is.
  var text: String {
    let arguments = [
      binary ?? "", program.version, program.digest.hex, "\(program.bytes)", program.machine,
    ]
    let words = ["potline-launch"] + arguments + options
    return "exec sh -c '\(Self.script)' " + words.map(Self.quoted).joined(separator: " ")
  }

  /// Within single quotes that mean the same to every shell: so no single quote, backslash, exclamation mark or line end.
  private static let script = [
    #"b=$1 v=$2 d=$3 n=$4 m=$5; shift 5"#,
    #"case $b in "~/"*) b=$HOME/${b#"~/"};; esac"#,
    #"fail() { echo "$1" >&2; exit 126; }"#,
    #"same() { [ "$(sha256sum 2>/dev/null < "$1" | cut -c 1-64)" = "$d" ]; }"#,
    #"if [ -n "$b" ]; then p=$b; [ -x "$p" ] || fail "there is no program $p""#,
    #"else p=$(command -v potline) && [ "$("$p" --version 2>/dev/null)" = "$v" ] || p="#,
    #"if [ -z "$p" ]; then u=$(uname -sm)"#,
    #"[ "$u" = "$m" ] || fail "it is $u, the program here is for $m: install Potline $v on it""#,
    #"command -v sha256sum >/dev/null || fail "it has no sha256sum to check a copy with: install Potline $v on it""#,
    #"a=${XDG_CACHE_HOME:-$HOME/.cache}/potline/programs c=$a/$d; p=$c/potline"#,
    // Copies that nobody has used for a month go.
    #"if [ -f "$p" ] && same "$p"; then touch "$c""#,
    #"else umask 077; t=$p.$$; mkdir -p "$c" && touch "$c" || fail "a copy of the program has no place in $c""#,
    #"find "$a" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +; echo \#(HostReport.copy.line)"#,
    #"head -c "$n" > "$t"; same "$t" || { rm -f "$t"; fail "the copy of the program did not arrive whole in $c"; }"#,
    #"chmod 700 "$t" && mv -f "$t" "$p" || fail "the copy of the program has no place in $c"; fi; fi; fi"#,
    #""$p" --version >/dev/null || fail "$p does not run there""#,
    #"echo \#(HostReport.start.line)"#,
    #"exec "$p" worker --connection - --lifeline \#(patience.components.seconds) "$@""#,
  ].joined(separator: "; ")

  private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: #"'\''"#) + "'" }
}
