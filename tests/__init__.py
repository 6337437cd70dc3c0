"""Everything that proves AlarmDesk from outside its rooms."""
