-- longer lists made in a loop
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do local q = qualifications_for(need) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
