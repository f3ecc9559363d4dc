package import Model

/// What reading a configuration needs beside the text: where secrets come from, and where relative paths start.
package struct SettingsContext: Sendable {
    /// The value of an environment variable.
    package var environment: @Sendable (String) -> String?
    /// The text of a file, or a sentence that says why it cannot be read.
    package var readFile: @Sendable (String) -> Result<String, SettingsFileError>
    /// The folder of the file being read.
    package var folder: String
    /// `$CREDENTIALS_DIRECTORY`, under systemd.
    package var credentials: String?
    package init(
        environment: @escaping @Sendable (String) -> String?,
        readFile: @escaping @Sendable (String) -> Result<String, SettingsFileError>, folder: String, credentials: String? = nil
    ) {
        self.environment = environment
        self.readFile = readFile
        self.folder = folder
        self.credentials = credentials
    }
}

package struct SettingsFileError: Error, Sendable, Hashable {
    package var sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}

/// A mapping of the configuration while it is read. Each call takes one key; a wrong value is a problem at its place and reads as
/// nil. `close()` makes every key that was not taken a problem, with a suggestion.
package final class Fields {
    package let place: Place
    package let context: SettingsContext
    package let problems: Problems

    // Readers. Each returns nil where the key is absent or wrong; `required` adds a problem where it is absent.
    package func string(_ key: String, required: Bool = false) -> String? { fatalError() }
    package func integer(_ key: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? { fatalError() }
    package func number(_ key: String, required: Bool = false) -> Double? { fatalError() }
    package func boolean(_ key: String) -> Bool? { fatalError() }
    /// `250ms 2s 5m 1h30m 14d`
    package func duration(_ key: String, in range: ClosedRange<Duration>? = nil, required: Bool = false) -> Duration? {
        fatalError()
    }
    /// `512KiB 2GB`, in bytes.
    package func size(_ key: String) -> Int? { fatalError() }
    package func choice<T: CaseIterable & RawRepresentable>(_ key: String, _ type: T.Type) -> T? where T.RawValue == String {
        fatalError()
    }
    /// `{env: NAME}`, `{file: PATH}` or `{credential: NAME}`; a plain text is a problem that says so.
    package func secret(_ key: String, required: Bool = false) -> Secret? { fatalError() }
    /// A plain text, or a secret reference: header values, DSNs, webhook addresses of tests.
    package func textOrSecret(_ key: String, required: Bool = false) -> Secret? { fatalError() }
    /// A path, made absolute against the file's folder; a file that cannot be read is a problem.
    package func readableFile(_ key: String) -> String? { fatalError() }
    package func strings(_ key: String, required: Bool = false) -> [String]? { fatalError() }
    /// A mapping of texts: labels, matchers.
    package func texts(_ key: String) -> [String: String]? { fatalError() }
    /// A mapping of texts or secret references, in the order written: headers.
    package func secrets(_ key: String) -> [(name: String, value: Secret)]? { fatalError() }
    package func condition(_ key: String) -> Condition? { fatalError() }
    /// A nested mapping.
    package func fields(_ key: String, required: Bool = false) -> Fields? { fatalError() }
    /// A nested list of mappings.
    package func list(_ key: String) -> [Fields]? { fatalError() }
    /// The keys not taken yet, in the order written: for mappings whose keys are names (channels, checks).
    package var remainingKeys: [String] { fatalError() }
    package func has(_ key: String) -> Bool { fatalError() }
    /// Where the value of a key stands (or the mapping itself, where the key is absent).
    package func place(of key: String) -> Place { fatalError() }
    package func problem(at key: String, _ message: String) { problems.add(place(of: key), message) }
    package func close() { fatalError() }

    init(place: Place, context: SettingsContext, problems: Problems) {
        self.place = place
        self.context = context
        self.problems = problems
    }
}
