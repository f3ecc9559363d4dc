import Model

extension BlockingRun {
    /// The addresses of a host; one in digits needs nobody's help. What does not resolve is the target's fault, a resolver that is
    /// stuck is ours.
    func addresses(of host: String, port: Int, deadline: Uptime) throws(Failure) -> [SocketAddress] {
        if let address = SocketAddress.numeric(host, port: port) { return [address] }
        let addresses = try resolve(host, port, deadline).get().compactMap { SocketAddress.numeric($0, port: port) }
        guard !addresses.isEmpty else { throw Failure(.nameResolution, "\(host) has no address") }
        return addresses
    }
}
