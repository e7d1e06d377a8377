-- more rules than there may be
-- expect: fault more than 500 rules
for i = 1, 600 do
  rule("many-" .. i) { about = "a", source = "guide-2010", owner = "tests", recommend = function() end }
end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
