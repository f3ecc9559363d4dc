package import Model

// Readers of secrets and files. No message here repeats a value: where a secret belongs, any text may be one.
extension Fields {
    private static let forms = "{env: NAME}, {file: PATH} or {credential: NAME}"

    /// `{env: NAME}`, `{file: PATH}` or `{credential: NAME}`; a plain text is a problem that says so.
    package func secret(_ key: String, required: Bool = false) -> Secret? {
        guard let value = take(key, Self.forms, required: required) else { return nil }
        switch value.content {
        case .mapping(let entries): return referenced(key, entries, at: value.place)
        case .text:
            problems.add(value.place, "\(key): a secret does not stand in the file itself; write \(Self.forms)")
            return nil
        case .list:
            wrong(key, Self.forms, value)
            return nil
        }
    }

    /// A plain text, or a secret reference: header values, DSNs, webhook addresses of tests.
    package func textOrSecret(_ key: String, required: Bool = false) -> Secret? {
        let expected = "a text, \(Self.forms)"
        guard let value = take(key, expected, required: required) else { return nil }
        switch value.content {
        case .mapping(let entries): return referenced(key, entries, at: value.place)
        case .text(let text, _): return Secret(text)
        case .list:
            wrong(key, expected, value)
            return nil
        }
    }

    /// A path, made absolute against the file's folder.
    package func path(_ key: String, required: Bool = false) -> String? {
        string(key, required: required).map(absolute)
    }

    /// A path, made absolute against the file's folder; a file that cannot be read is a problem.
    package func readableFile(_ key: String) -> String? {
        guard let path = path(key) else { return nil }
        switch context.readFile(path) {
        case .success(let text):
            note(referred: text)
            return path
        case .failure(let error):
            problem(at: key, "\(key): cannot read \(path): \(error.sentence)")
            return nil
        }
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") || context.folder.isEmpty ? path : "\(context.folder)/\(path)"
    }

    private func referenced(_ key: String, _ entries: [Tree.Entry], at place: Place) -> Secret? {
        guard entries.count == 1, let entry = entries.first, ["env", "file", "credential"].contains(entry.key) else {
            let unknown = entries.first { !["env", "file", "credential"].contains($0.key) }
            let suggestion = unknown.map { Suggestion.clause(for: $0.key, in: ["env", "file", "credential"]) } ?? ""
            problems.add(unknown?.keyPlace ?? place, "\(key): expected one of \(Self.forms)\(suggestion)")
            return nil
        }
        guard case .text(let name, _) = entry.value.content, !name.isEmpty, !entry.value.isNothing else {
            let meaning = entry.key == "file" ? "a path" : "a name"
            problems.add(entry.value.place, "\(key): expected \(meaning) after \(entry.key):")
            return nil
        }
        let found: Result<String, SettingsFileError>
        switch entry.key {
        case "env": found = fromEnvironment(name)
        case "file": found = fromFile(absolute(name))
        default: found = fromCredential(name)
        }
        switch found {
        case .success(let secret):
            note(referred: secret)
            return Secret(secret)
        case .failure(let error):
            if let standIn = context.standIn?(key) { return Secret(standIn) }
            problems.add(entry.value.place, "\(key): \(error.sentence)")
            return nil
        }
    }

    private func fromEnvironment(_ name: String) -> Result<String, SettingsFileError> {
        guard let first = name.first, !first.isDigit,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isDigit || $0 == "_") })
        else {
            return .failure(SettingsFileError("expected the name of an environment variable after env:"))
        }
        guard let value = context.environment(name) else {
            return .failure(SettingsFileError("the environment variable \(name) is not set"))
        }
        guard !value.isEmpty else { return .failure(SettingsFileError("the environment variable \(name) is empty")) }
        return .success(value)
    }

    private func fromFile(_ path: String) -> Result<String, SettingsFileError> {
        switch context.readFile(path) {
        case .failure(let error): return .failure(SettingsFileError("cannot read \(path): \(error.sentence)"))
        case .success(let text):
            // An editor, or echo, ends the last line.
            let lineEnd = text.reversed().prefix { $0.isNewline }.count
            let value = String(text.dropLast(lineEnd))
            return value.isEmpty ? .failure(SettingsFileError("\(path) is empty")) : .success(value)
        }
    }

    private func fromCredential(_ name: String) -> Result<String, SettingsFileError> {
        guard !name.contains("/"), name != ".", name != ".." else {
            return .failure(SettingsFileError("expected the name of a credential after credential:, not a path"))
        }
        guard let folder = context.credentials, !folder.isEmpty else {
            return .failure(
                SettingsFileError(
                    "the credential \(name) needs $CREDENTIALS_DIRECTORY; see LoadCredential= of systemd"
                ))
        }
        return fromFile("\(folder)/\(name)")
    }
}
