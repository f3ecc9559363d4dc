import ArgumentParser

@main
struct Monitordctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitordctl",
        abstract: "Asks monitord how things are, and tells it what to do.",
        discussion: """
            status exits 0 where all is ok or pending, 1 on a warning, 2 on critical, 3 where something is unknown or monitord does \
            not answer. The other commands exit 0 when done, 1 when refused or failed, and 3 when monitord does not answer or \
            knows nothing of that name. \
            --socket, --url and --json may stand before the command, too.
            """,
        subcommands: [
            Status.self, Explain.self, Run.self, History.self, Incidents.self, Acknowledge.self, Unacknowledge.self,
            Resolve.self, Reroute.self,
            SilenceCommand.self, MaintenanceCommand.self, OnCallCommand.self, Outbox.self, Requeue.self, Drop.self, Notify.self,
            Drill.self, Reload.self, Check.self,
            TestRules.self, BacktestCommand.self, PlanCommand.self, DeployCommand.self, DeploysCommand.self,
            TemplateCommand.self,
        ])

    static func main() async {
        await main(LeadingOptions.behindCommand(Array(CommandLine.arguments.dropFirst())))
    }
}
