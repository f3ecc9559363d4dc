/// A program to be started with a message on its standard input.
package struct ProcessRequest: Sendable, Hashable {
    package struct Variable: Sendable, Hashable {
        package var name: String
        package var value: Secret
        package init(_ name: String, _ value: Secret) {
            self.name = name
            self.value = value
        }
        package init(_ name: String, _ value: String) { self.init(name, Secret(value)) }
    }
    /// The program's absolute path, and its arguments. No shell reads them.
    package var command: [String]
    /// The whole environment: the program sees nothing of ours.
    package var environment: [Variable]
    package var input: [UInt8]
    /// Then it is asked to end.
    package var timeout: Duration
    /// From then on until it is made to end.
    package var grace: Duration
    /// Kept of what it writes; the rest is read and dropped, so that it never waits for us.
    package var maxOutputBytes: Int

    package init(
        command: [String], environment: [Variable] = [], input: [UInt8] = [], timeout: Duration, grace: Duration = .seconds(2),
        maxOutputBytes: Int = 64 * 1024
    ) {
        self.command = command
        self.environment = environment
        self.input = input
        self.timeout = timeout
        self.grace = grace
        self.maxOutputBytes = maxOutputBytes
    }
}

package enum ProcessExit: Sendable, Hashable {
    /// 0 is success; 75 is EX_TEMPFAIL of sysexits.h.
    case code(Int)
    case signal(Int)
}
