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
