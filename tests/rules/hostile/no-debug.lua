-- debug does not exist
-- expect: fault unknown name 'debug'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = debug.sethook()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
