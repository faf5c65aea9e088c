"""What is made of the claims of a view: territory, people, and the other things reported."""
