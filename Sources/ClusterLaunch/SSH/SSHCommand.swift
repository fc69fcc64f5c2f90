import Digests
import Glibc
import TextFormatting

/// The ssh client and its options.
package struct SSHCommand: Hashable, Sendable {
  /// The program and its first arguments.
  package let words: [String]

  /// The ssh in PATH.
  package static let standard = SSHCommand(words: ["ssh"])

  /// These follow the user's options, which take precedence: ssh uses the first value of a repeated option.
  private static let options = [
    "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o",
    "ServerAliveCountMax=3", "-o", "ControlMaster=no", "-o", "RemoteCommand=none",
  ]

  private init(words: [String]) { self.words = words }

  /// A command line such as `ssh -F "my config"`: words separated by spaces, with quotes and backslashes as in a shell.
  ///
  /// - Returns: `nil` without a word, or with an unterminated quote.
  package init?(_ text: String) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character.isWhitespace {
        word.map { words.append($0) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else { return nil }
    word.map { words.append($0) }
    guard let first = words.first, !first.isEmpty else { return nil }
    self.words = words
  }

  /// The arguments, without the program, that run a command on a host.
  func arguments(host: String, command: String) -> [String] {
    Array(words.dropFirst()) + Self.options + Self.destination(host) + [command]
  }

  /// ssh takes an IPv6 address in brackets for a name, also in its own URIs: `-- u@::1` for `u@[::1]`, `-p 22 -- u@::1` for
  /// `ssh://u@[::1]:22`. What isn't such an address stays.
  private static func destination(_ host: String) -> [String] {
    let pattern = /(ssh:\/\/)?([^@\[]+@)?\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^\]]+)?)\](?::([0-9]+))?\/?/
    guard let match = host.wholeMatch(of: pattern)?.output, match.1 != nil || match.4 == nil else {
      return ["--", host]
    }
    let port = match.4.map { ["-p", String($0)] } ?? []
    return port + ["--", String(match.2 ?? "") + match.3]
  }
}

/// The command that ssh runs on a host: a script that finds the program, or receives a copy of it over standard input, and becomes
/// its workers' supervisor. It contains no secrets.
struct RemoteCommand {
  let program: WorkerProgram
  /// The program's path on the host, `~/` allowed; `nil`: the one in PATH if it has the same version, else a copy.
  let binary: String?
  /// Options of `potline worker`.
  let options: [String]

  /// The supervisor leaves after this silence of the launcher.
  static let patience: Duration = .seconds(60)

  /// One line for the host's login shell, of whatever kind.
  var text: String {
    let arguments = [
      binary ?? "", program.version, program.digest.hex, "\(program.bytes)", program.machine,
    ]
    let words = ["potline-launch"] + arguments + options
    return "exec sh -c '\(Self.script)' " + words.map(ShellWord.quoted).joined(separator: " ")
  }

  /// Stands within single quotes, which every shell reads alike if the text has no single quote, backslash, exclamation mark or line
  /// end.
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
    // Removes copies that were unused for a month.
    #"if [ -f "$p" ] && same "$p"; then touch "$c""#,
    #"else umask 077; t=$p.$$; mkdir -p "$c" && touch "$c" || fail "a copy of the program has no place in $c""#,
    #"find "$a" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +; echo \#(HostReport.copy.line)"#,
    #"head -c "$n" > "$t"; same "$t" || { rm -f "$t"; fail "the copy of the program did not arrive whole in $c"; }"#,
    #"chmod 700 "$t" && mv -f "$t" "$p" || fail "the copy of the program has no place in $c"; fi; fi; fi"#,
    #""$p" --version >/dev/null || fail "$p does not run there""#,
    #"echo \#(HostReport.start.line)"#,
    #"exec "$p" worker --connection - --lifeline \#(patience.components.seconds) "$@""#,
  ].joined(separator: "; ")
}

/// The program to run on hosts, a file of this host.
package struct WorkerProgram: Hashable, Sendable {
  package let path: String
  /// Its output for `--version`.
  package let version: String
  package let digest: SHA256Digest
  /// Its size in bytes.
  package let bytes: Int
  /// Its system and processor in the notation of `uname -sm`: `Linux x86_64`.
  package let machine: String

  /// A program for machines like this one.
  ///
  /// - Parameter path: Default: this program itself.
  /// - Throws: `FileError`, `LaunchError.unreadableProgram`.
  package init(path: String = "/proc/self/exe", version: String) throws {
    (self.path, self.version) = (path, version)
    digest = try SHA256Digest.of(fileAt: path)
    var status = stat()
    guard stat(path, &status) == 0 else { throw LaunchError.unreadableProgram(path, code: errno) }
    bytes = Int(status.st_size)
    var names = utsname()
    uname(&names)
    machine = Self.text(names.sysname) + " " + Self.text(names.machine)
  }

  private static func text(_ name: some Any) -> String {
    withUnsafeBytes(of: name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
