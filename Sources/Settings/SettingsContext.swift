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
    /// What takes the place of a secret that is not at hand, by its key, where nothing is sent; nil: that is a problem.
    package var standIn: (@Sendable (String) -> String?)?
    /// Why a program at a path cannot or must not be run; nil: it can.
    package var program: @Sendable (String) -> String?
    package init(
        environment: @escaping @Sendable (String) -> String?,
        readFile: @escaping @Sendable (String) -> Result<String, SettingsFileError>, folder: String, credentials: String? = nil,
        standIn: (@Sendable (String) -> String?)? = nil, program: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.environment = environment
        self.readFile = readFile
        self.folder = folder
        self.credentials = credentials
        self.standIn = standIn
        self.program = program
    }
}

package struct SettingsFileError: Error, Sendable, Hashable {
    package var sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
