/// Where the edges leave what happened: the scheduler its observations, the courier its settlements. It never blocks.
package protocol EventSink: Sendable {
    func post(_ event: Event)
}
