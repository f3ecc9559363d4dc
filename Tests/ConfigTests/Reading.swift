import Config
import Model
import Settings

/// A folder in memory: files by path, and one environment.
struct MemoryFiles {
    var files: [String: String]
    var environment = [
        "TOKEN": "hunter2-token", "ROUTING_KEY": "0123456789abcdef0123456789abcdef",
        "HOOK": "https://hooks.example.com/hunter2", "OTHER_HOOK": "https://hooks.example.com/other-hunter2",
    ]

    /// When it is read.
    var now: Timestamp? = Timestamp("2026-06-01T12:00:00Z")

    func read(_ path: String? = "monitord.yaml") -> Result<DaemonConfiguration, ConfigurationError> {
        let (files, environment) = (files, environment)
        return ConfigurationReader.read(
            path: path, environment: { environment[$0] },
            files: FileAccess(
                read: { path in files[path].map { .success($0) } ?? .failure(SettingsFileError("no such file or folder")) },
                list: { folder in
                    let names = files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
                    return names.isEmpty ? .failure(SettingsFileError("no such file or folder")) : .success(names)
                }),
            hostName: "host-1", now: now)
    }

    /// The problems' lines; none where the configuration can be used.
    func problems(_ path: String? = "monitord.yaml") -> [String] {
        switch read(path) {
        case .success: []
        case .failure(let error): error.problems.map(\.description)
        }
    }
}

extension Result where Success == DaemonConfiguration, Failure == ConfigurationError {
    /// The lines of what is doubtful.
    var warnings: [String] {
        switch self {
        case .success(let configuration): configuration.warnings.map(\.description)
        case .failure(let error): error.warnings.map(\.description)
        }
    }
}

/// A probe file that has nothing wrong.
let goodProbes = "probes: [{name: web, http: {url: 'http://127.0.0.1/'}}]\n"

/// A main file that has nothing wrong.
let goodMain = """
    node: ops-1
    channels:
      chat: {slack: {webhook_url: {env: HOOK}}}
      pager: {pagerduty: {routing_key: {env: ROUTING_KEY}}}
    policies:
      default: {steps: [{notify: [chat]}, {after: 5m, level: critical, notify: [pager]}]}
    routes:
      - policy: default

    """

/// Parts of messages that many rows share.
let nameRule = "letters, digits, '.', '_' and '-', at most 128, the first a letter or digit"
let secretForms = "{env: NAME}, {file: PATH} or {credential: NAME}"
