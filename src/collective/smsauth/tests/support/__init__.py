"""What tests stand on: visitors, administrators, a post office, a stand-in for the provider."""
