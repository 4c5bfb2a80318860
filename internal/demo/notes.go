package demo

import "arcadia.example/console/lifecycle"

// What staff and programs write.
var (
	everydayNotes = []string{
		"Asked for the address of their machine, for a firewall rule. Sent.",
		"They want to move to another domain next quarter. Told them what has to be prepared.",
		"Slow for about ten minutes this morning; a backup ran at the same time. Moved the backup to 02:00.",
		"New contact: the web team answers before noon only.",
		"Asked whether we sign a data processing agreement. Sent the usual one; it came back signed.",
		"Disk at 81 %. Recommended the next larger size; they will decide next month.",
		"Certificate was renewed by hand once: their DNS had an old record. Removed it together with them.",
		"They reset the administrator's password themselves; no further questions.",
		"Wants a copy for testing a new theme. Pointed them to a second deployment on Starter.",
		"Invoice address changed; billing knows.",
	}
	upgradeNotes = []string{
		"They hit the limit of their plan twice this month. Agreed on the next plan from today.",
		"More staff from next week on; upgrade agreed by e-mail.",
		"Upgrade as agreed on the phone; the difference is on the next invoice.",
	}
	convertNotes = []string{
		"", "", "Signed the order form today.", "Happy with the trial; wants to go live at once.", "Converted early: they want the invoice this month.",
	}
	seasonNotes = []string{
		"Closed until the next season.", "Same pause as last year.", "They need it again in about ten weeks.", "Off season. Keeps the domain.",
	}
	failedNotes = []string{
		"Charge declined: insufficient funds.", "Charge declined by the bank; will be tried again in three days.", "Card expired.",
		"Charge failed: the bank asks for authentication.", "Direct debit was returned.",
	}
	dunningNotes = []string{
		"Wrote to their billing address; the reminder did not bounce.",
		"Called. The person in charge is on leave until Monday.",
		"They have a new card and will enter it this week.",
		"Asked for the invoice again, with their order number on it. Sent.",
		"They say that the bank blocked the charge by mistake.",
	}
	paidNotes    = []string{"", "", "Paid with a new card.", "Second attempt went through.", "Paid by bank transfer."}
	restoreNotes = []string{
		"All open invoices are paid.", "Paid in two parts, as agreed.", "Paid this morning; they were nice about it.",
	}
	leaveNotes = []string{
		"They go back to a system of their own.", "Project is over; the site is no longer needed.", "Merged with another company that runs its own.",
		"Too expensive for what they use. Offered Starter, in vain.", "Moves everything to one provider.",
	}
	returnNotes = []string{
		"The new provider did not work out.", "They are back: budget approved after all.", "Asked to have everything as it was; data was still there.",
	}
	trialNotes = []string{
		"Showed them around for half an hour. Main question: importing their old data.",
		"Asked for a discount for non-profits. Billing looks into it.",
		"They like it; the decision is in next week's board meeting.",
		"Wants to see single sign-on before deciding.",
	}
	pauseNotes = map[lifecycle.Reason][]string{
		lifecycle.Seasonal:        seasonNotes,
		lifecycle.CustomerRequest: {"They rebuild the site and do not want to pay for both.", "Sabbatical of the only person who uses it.", "Paused until the legal question is settled."},
		lifecycle.Maintenance:     {"Paused for a larger migration at their end.", "They clean up their data first; it must not be used meanwhile."},
	}
)
